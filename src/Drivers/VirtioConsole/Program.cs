using System.Runtime;
using Tierce.Runtime;

namespace Tierce.Drivers.VirtioConsole;

/// <summary>
/// The driver of a port of a virtio console, in a domain of its own: it has the device's interrupt, its notify registers, and the part of its
/// queues with their bytes.
/// </summary>
public static unsafe class Program
{
    // Static: a function's own variables may not be larger than a page.
    private static PortDriver s_driver;

    /// <summary>The assembly entry calls this with the startup page.</summary>
    [RuntimeExport("tierce_main")]
    public static ulong Main(StartupPage* page)
    {
        // SAFETY: root maps the page before the first instruction, for the domain's life.
        var startup = new Startup(page);
        Failure.Initialise(startup.Slot(StartupPurpose.Log), startup.Name);
        var slots = new SlotAllocator(startup.FirstFreeSlot);
        s_driver.Open(startup, ref slots);
        s_driver.Run();
        return 0;
    }

    [RuntimeExport("tierce_fail")]
    private static void OnFailedCheck(int reason) => Failure.FailedCheck(reason);
}
