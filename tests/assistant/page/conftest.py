"""The scripted assistant, for tests of the page without a browser."""

import gc

import pytest

from assistant.app import launch


@pytest.fixture
def assistant(scripted):
    return scripted.ScriptedAssistant()


@pytest.fixture
def session(scripted, assistant):
    return scripted.session(assistant)


@pytest.fixture
def serving():
    """Starts pages of a test's own; they end with it."""
    pages = []

    def start(load, **options):
        pages.append(launch(load, port=None, **options))
        return pages[-1].local_url

    yield start
    for page in pages:
        page.close(verbose=False)
    gc.collect()
