"""
The executable edition of Crippa et al. 2023: structure (SOAP) and dynamics (LENS) in one vector.

The science stands directly in this package, one module per idea, in the order in which a notebook
calls them: `trajectory`, `neighbors`, `lens`, `soap`, `features`, `decomposition`, `clustering`,
`states`, `transitions`, `plots`. What fetches data, executes notebooks and records results stands in
`soaplens_lite.edition`.
"""

import warnings
from importlib.metadata import version

# Libraries below us ask for notebook widgets when they are imported in a notebook; text bars serve as well.
warnings.filterwarnings("ignore", message="IProgress not found")

__version__ = version("soaplens_lite")
