using Tierce.Hosted;

namespace Tierce.HostTool.Tests;

/// <summary>Inputs that are made by looking at which branches they take: the decoder of frames is not at fault, and a planted mistake is found.</summary>
public sealed class FuzzTests
{
    private static readonly string[] s_sources = ["src/Guest/FrameFormat.cs", "src/Guest/FrameReader.cs", "src/Tool/Boot/FrameDecoder.cs"];

    private static readonly Campaign s_campaign = new(typeof(FuzzTargets), "tests/HostTool/Corpus", space => space is "Tierce.Guest" or "Tierce.Tool.Boot", Compile);

    [Fact]
    public void NoStreamBreaksTheDecoder() => s_campaign.FindNothing(nameof(FuzzTargets.Frames));

    /// <summary>The largest payload.</summary>
    [Fact]
    public void APlantedMistakeIsFound() => s_campaign.FindMistake(
        nameof(FuzzTargets.Frames),
        new Change("src/Guest/FrameReader.cs", "if (_have == FrameFormat.HeaderSize && length <= FrameFormat.LargestPayload)", "if (_have == FrameFormat.HeaderSize)"));

    /// <summary>The tool is a program of its own, which is referred to: what is under test of it, the target, and what counts.</summary>
    private static byte[] Compile(Change[] changes) => HostedBuild.Compile(
        HostedBuild.Listed("source:")
            .Where(file => Path.GetFileName(file) is nameof(FuzzTargets) + ".cs" or nameof(EdgeMap) + ".cs" or "Soak.cs" or "Sources.cs" || file.Contains("GlobalUsings", StringComparison.Ordinal))
            .Concat(s_sources.Select(source => HostedBuild.Root + source)),
        changes);
}
