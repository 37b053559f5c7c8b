"""
The executable edition of Crippa et al. 2023: structure (SOAP) and dynamics (LENS) in one vector.

The science stands directly in this package, one module per idea, in the order in which a notebook
calls them: `trajectory`, `neighbors`, `lens`, `soap`, `features`, `decomposition`, `clustering`,
`states`, `transitions`, `plots`. What fetches data, executes notebooks and records results stands in
`soaplens_lite.edition`.
"""

from importlib.metadata import version

__version__ = version("soaplens_lite")
