using System.Runtime;
using Tierce.Runtime;

namespace Tierce.Drivers.Console;

/// <summary>
/// The console driver: a serial port in a domain of its own, with the interrupt and the ports of that device and no other right.
/// </summary>
public static unsafe class Program
{
    /// <summary>The assembly entry calls this with the startup page.</summary>
    [RuntimeExport("tierce_main")]
    public static ulong Main(StartupPage* page)
    {
        // SAFETY: root maps the page before the first instruction, for the domain's life.
        var startup = new Startup(page);
        Failure.Initialise(startup.Slot(StartupPurpose.Log), startup.Name);
        var slots = new SlotAllocator(startup.FirstFreeSlot);
        ConsoleDriver driver = default;
        driver.Open(startup, ref slots);
        driver.Run();
        return 0;
    }

    [RuntimeExport("tierce_fail")]
    private static void OnFailedCheck(int reason) => Failure.FailedCheck(reason);
}
