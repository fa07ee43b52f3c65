"""What several workers do at once is parted as it is meant to be."""

import os


def test_a_worker_is_told_which_tests_belong_together(request):
    one_of_several = "PYTEST_XDIST_WORKER" in os.environ

    assert not one_of_several or "@" in request.node.nodeid, (
        "without --dist loadgroup, or where it does nothing, each worker makes what is dear to make"
    )
