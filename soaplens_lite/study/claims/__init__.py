"""The paper's statements, and what runs say to them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "ledger": ["Claim", "ClaimError", "load_claims"],
        "listing": ["as_table", "count", "departing", "in_full", "shorten", "side_by_side", "summary", "tier_name"],
        "verdicts": ["Judgement", "judge", "judge_one", "published_text"],
    },
)
