"""Processes of their own for tests, forked from one that has nothing but these modules in it, which take a while."""

import multiprocessing

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.faults.roads", "tests.support.apart", "veo_workflow.storage.s3"])
