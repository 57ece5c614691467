namespace Tierce.Tool.Host;

/// <summary>Whether Ctrl-C ends the tool.</summary>
internal static class Interrupts
{
    /// <summary>Another program of this terminal takes it.</summary>
    public static bool Ignored { get; set; }
}
