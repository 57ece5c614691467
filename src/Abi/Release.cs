namespace Tierce.Abi;

/// <summary>The release that an image belongs to.</summary>
public static class Release
{
    /// <summary>
    /// Major, minor and patch number. The kernel prints it first of all. <c>Directory.Build.props</c> and the newest section of
    /// <c>CHANGELOG.md</c> name the same number, which a test compares.
    /// </summary>
    public static ReadOnlySpan<byte> Version => "0.13.0"u8;
}
