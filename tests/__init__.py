"""The test suite: real databases on every engine that can be had."""
