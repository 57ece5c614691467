// Each test runs a build of its own, and all of them look at the same core library.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
