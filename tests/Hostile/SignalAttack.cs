using Tierce.Abi;
using Tierce.Guests;

namespace Tierce.Hostile;

/// <summary>
/// Signals to its monitor every bit of its notification, among them those by which root and the console's driver speak. Then it uses its
/// console: it still works if no program was misled into taking its driver for dead.
/// </summary>
internal static unsafe class SignalAttack
{
    /// <summary>Ends the guest.</summary>
    public static void Run()
    {
        for (int bit = 0; bit < 64; bit++)
        {
            StormAttack.Raw(VmCall.NotifyMonitor, 1UL << bit);
        }

        StormAttack.Raw(VmCall.NotifyMonitor, ulong.MaxValue);
        StormAttack.Raw(VmCall.NotifyMonitor, 0);
        new ConsoleRing((byte*)Machine.Frame(Machine.Info->ConsoleFrame)).Write("still heard\n"u8);
        Xen.Shutdown(0);
    }
}
