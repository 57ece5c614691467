using Tierce.Hosted;

namespace Tierce.User;

/// <summary>Inputs that are made by looking at which branches they take: no parser of foreign bytes is at fault, and a planted mistake is found.</summary>
public sealed class FuzzTests
{
    private static readonly Campaign s_campaign = new(
        typeof(FuzzTargets), "tests/User/Corpus", space => space is "Tierce.Monitor" or "Tierce.Runtime" or "Tierce.Root", HostedBuild.Compile);

    [Theory]
    [InlineData(nameof(FuzzTargets.Kernel))]
    [InlineData(nameof(FuzzTargets.Notes))]
    [InlineData(nameof(FuzzTargets.Manifest))]
    [InlineData(nameof(FuzzTargets.Store))]
    [InlineData(nameof(FuzzTargets.Control))]
    public void No_input_breaks_a_parser(string target) => s_campaign.FindNothing(target);

    /// <summary>The bounds of a segment, of a note and of a list, and a path that is empty.</summary>
    [Theory]
    [InlineData(nameof(FuzzTargets.Kernel), "src/Runtime/ElfImage.cs", "segment.FileSize > size - segment.Offset", "segment.FileSize > size")]
    [InlineData(nameof(FuzzTargets.Notes), "src/Monitor/Building/KernelNotes.cs", "while (bytes.Length >= 12)", "while (bytes.Length >= 11)")]
    [InlineData(nameof(FuzzTargets.Manifest), "src/Root/ManifestParser.cs", "guest ? GuestCount == _guests.Length : ProgramCount == _programs.Length", "guest ? GuestCount == _guests.Length : ProgramCount > _programs.Length")]
    [InlineData(nameof(FuzzTargets.Store), "src/Monitor/Devices/StoreTree.cs", "if (path.Length == 0 || path.Length > StoreNode.PathSize)", "if (path.Length > StoreNode.PathSize)")]
    [InlineData(nameof(FuzzTargets.Control), "src/Root/ControlRequest.cs", "disk[^1] is < (byte)'a' or > (byte)'z'", "disk[^1] is > (byte)'z'")]
    public void A_planted_mistake_is_found(string target, string file, string old, string @new) =>
        s_campaign.FindMistake(target, new Change(file, old, @new));
}
