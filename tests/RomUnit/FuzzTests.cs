using System;
using Tierce.Hosted;

namespace Tierce.Rom.Tests;

/// <summary>Inputs that are made by looking at which branches they take: no code of a guest makes the ROM's emulator reach too far, and a planted mistake is found.</summary>
public sealed class FuzzTests
{
    private static readonly Campaign s_campaign = new(
        typeof(FuzzTargets), "tests/RomUnit/Corpus", space => space.StartsWith("Tierce.Rom", StringComparison.Ordinal) && space != "Tierce.Rom.Tests", HostedBuild.Compile);

    [Theory]
    [InlineData(nameof(FuzzTargets.KernelCode))]
    [InlineData(nameof(FuzzTargets.UserCodeByTables))]
    public void NoCodeBreaksTheEmulator(string target) => s_campaign.FindNothing(target);

    /// <summary>The end of the code, and the frame of a guest's descriptors.</summary>
    [Theory]
    [InlineData(nameof(FuzzTargets.KernelCode), "src/Rom/Emulate/Decoder.cs", "if (at + size > bytes.Length)", "if (at > bytes.Length)")]
    [InlineData(nameof(FuzzTargets.UserCodeByTables), "src/Rom/Emulate/CodeSegment.cs", "return Guest.IsFrame(frame) ? *(ulong*)Machine.Window(", "return frame != 0 ? *(ulong*)Machine.Window(")]
    public void APlantedMistakeIsFound(string target, string file, string old, string @new) => s_campaign.FindMistake(target, new Change(file, old, @new));
}
