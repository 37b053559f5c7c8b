"""
Batches: many runs of notebooks with different parameters, planned, checked, run side by side and tabulated.

A batch is a plan over runs and not another kind of run: each run stands in its own folder, under its run id, where
`soaplens run` finds it too. The folder of a batch holds the plan, a table and links.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "_plan": ["RUNS_WITHOUT_ASKING", "BatchError", "Row", "grid", "read_plan", "rows_of", "validate"],
        "_folder": ["find", "read"],
        "_run": ["Batch", "prepare_batch"],
        "_table": ["batch_results", "table", "write_table"],
    },
)
