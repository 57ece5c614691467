namespace Tierce.Tool.Host;

/// <summary>What signals do to the tool.</summary>
internal static class Interrupts
{
    private static volatile bool s_ending;

    /// <summary>Another program of this terminal takes Ctrl-C.</summary>
    public static bool Ignored { get; set; }

    /// <summary>A signal ends the tool: the thread that took it removes what is to be removed, and then ends the process.</summary>
    public static void End()
    {
        s_ending = true;
        Environment.Exit(ExitCodes.Interrupted);
    }

    /// <summary>Called by who finds the machine stopped: where a signal ends the tool it stays here, since that is nothing to report.</summary>
    public static void StayIfEnding()
    {
        if (s_ending)
        {
            Thread.Sleep(Timeout.Infinite);
        }
    }
}
