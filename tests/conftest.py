"""What holds for every test: the libraries are quiet, as they are for a user."""

from assistant.settings import quieten_libraries

quieten_libraries()
