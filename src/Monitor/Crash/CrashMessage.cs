using Tierce.Abi;

namespace Tierce.Monitor;

/// <summary>The reasons why kernel or ROM stopped a guest, in words for the log.</summary>
public static class CrashMessage
{
    /// <summary>The words.</summary>
    public static ReadOnlySpan<byte> Text(CrashReason reason)
    {
        switch (reason)
        {
            case CrashReason.NoHandler: return "exception without a handler"u8;
            case CrashReason.BadStack: return "its stack cannot take a frame"u8;
            case CrashReason.RomFault: return "fault in the ROM"u8;
            case CrashReason.BadState: return "register state that cannot be loaded"u8;
            case CrashReason.BadRoot: return "unusable page-table root"u8;
            case CrashReason.BadCall: return "unrecoverable hypercall"u8;
            default: return "unknown reason"u8;
        }
    }
}
