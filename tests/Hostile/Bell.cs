using Tierce.Abi;
using Tierce.Hostile;

namespace Tierce.Guests;

/// <summary>Tells the monitor that the console ring has changed.</summary>
internal static unsafe class Bell
{
    public static void Ring() => StormAttack.Raw(VmCall.NotifyMonitor, Machine.Info->ConsoleNotifyBit);
}
