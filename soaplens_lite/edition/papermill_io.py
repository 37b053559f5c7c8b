"""
The notebooks of this package for those who use papermill itself.

``papermill soaplens://01_cu211.ipynb out.ipynb -p r_cut 5.5`` works wherever the package is installed:
papermill finds `SoaplensHandler` by its entry point and reads through it whatever begins with ``soaplens://``.
"""

from . import EditionError, notebooks

SCHEME = "soaplens://"


class SoaplensHandler:
    """The methods that papermill asks of a handler. It takes the class, not an object of it."""

    @classmethod
    def read(cls, path):
        """
        A notebook as JSON.

        Parameters
        ----------
        path : str
            ``soaplens://01_cu211.ipynb``; the ending may be left out.

        Returns
        -------
        text : str

        Raises
        ------
        EditionError
            If there is no such notebook; the known ones are listed.
        """
        import nbformat

        return nbformat.writes(notebooks.read(notebooks.find(path.removeprefix(SCHEME))))

    @classmethod
    def listdir(cls, path):
        """Addresses of all notebooks: list of str."""
        return [f"{SCHEME}{name}.ipynb" for name in notebooks.studies()]

    @classmethod
    def write(cls, buf, path):
        """Refused: what papermill makes of a notebook belongs in a file of the user's."""
        raise EditionError(f"{path} can only be read: name an output file, out.ipynb for instance")

    @classmethod
    def pretty_path(cls, path):
        """The address as it is."""
        return path
