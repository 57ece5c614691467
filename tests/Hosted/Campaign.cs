using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Tierce.Soaking;

namespace Tierce.Hosted;

/// <summary>
/// What the fuzz tests of a project share. A target's corpus is a file of one input a line, in Base64: inputs that together take every branch that
/// was ever reached. <c>TIERCE_FUZZ_KEEP=1</c> writes it anew.
/// </summary>
/// <param name="targets">The class of the targets.</param>
/// <param name="folder">Where the corpora are, below the repository.</param>
/// <param name="isCounted">Which namespaces are under test.</param>
/// <param name="compile">Compiles targets and code under test.</param>
internal sealed class Campaign(Type targets, string folder, Func<string, bool> isCounted, Func<Change[], byte[]> compile)
{
    /// <summary>Inputs of a short run, within which a planted mistake must be found.</summary>
    private const int Brief = 12_000;

    private readonly Lazy<byte[]> _shipped = new(() => Instrumentation.Count(compile([]), isCounted));

    /// <summary>Fuzzes what is shipped: no input may fail.</summary>
    public void FindNothing(string target)
    {
        Stopwatch clock = Stopwatch.StartNew();
        int seed = Soak.Seeds(1).First();
        Fuzzer fuzzer = new(_shipped.Value, targets, target);
        IReadOnlyList<byte[]> corpus = Corpus(target);
        fuzzer.Run(corpus, seed, Soak.Amount(Brief, 100 * Brief));
        Assert.True(fuzzer.Failure is null, $"{target}, seed {seed}: {fuzzer.Failure}\ninput {Convert.ToBase64String(fuzzer.Culprit ?? [])}");
        Soak.Record($"fuzz-{target}", fuzzer.Executions, "inputs", seed, clock);
        if (Environment.GetEnvironmentVariable("TIERCE_FUZZ_KEEP") == "1")
        {
            File.WriteAllLines(CorpusFile(target), fuzzer.Minimise().Select(Convert.ToBase64String));
        }
    }

    /// <summary>Fuzzes a twin with a mistake: a short run must find it.</summary>
    public void FindMistake(string target, Change mistake)
    {
        Fuzzer fuzzer = new(Instrumentation.Count(compile([mistake]), isCounted), targets, target);
        fuzzer.Run(Corpus(target), 1, Brief);
        Assert.True(fuzzer.Failure is not null, $"{target}: {fuzzer.Executions} inputs did not find what was changed in {mistake.File}");
    }

    /// <summary>The inputs of a target.</summary>
    private IReadOnlyList<byte[]> Corpus(string target)
    {
        IReadOnlyList<byte[]> corpus = [.. File.ReadAllLines(CorpusFile(target)).Select(Convert.FromBase64String)];
        Assert.NotEmpty(corpus);
        return corpus;
    }

    private string CorpusFile(string target) => Path.Combine(HostedBuild.Root, folder, target + ".txt");
}
