namespace Tierce.Tool;

/// <summary>Exit codes of the tool itself; every other value is the guest command's own status. The numbers are those of timeout(1).</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>At least one test failed, or none ran.</summary>
    public const int TestsFailed = 1;

    /// <summary>Some function of a kernel is not recognised.</summary>
    public const int NotRecognised = 1;

    /// <summary>The time limit passed.</summary>
    public const int TimeLimit = 124;

    /// <summary>The tool failed, or the guest ended without giving a status.</summary>
    public const int ToolFailure = 125;

    /// <summary>Interrupted from the keyboard.</summary>
    public const int Interrupted = 130;

    /// <summary>The reader of the output has closed it: a shell's number for SIGPIPE.</summary>
    public const int BrokenPipe = 141;
}
