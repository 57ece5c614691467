using System.Runtime;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>
/// A monitor: builds one guest, starts it, serves its console and its store, and reports to root how it ended. It holds the guest's memory
/// and its virtual CPU, and nothing of other guests or programs.
/// </summary>
public static unsafe class Program
{
    /// <summary>The assembly entry calls this with the startup page; what it returns is the exit code.</summary>
    [RuntimeExport("tierce_main")]
    public static ulong Main(StartupPage* page)
    {
        // SAFETY: root maps the page before the first instruction, for the domain's life.
        var startup = new Startup(page);
        Failure.Initialise(startup.Slot(StartupPurpose.Log), startup.Name);
        var slots = new SlotAllocator(startup.FirstFreeSlot);
        var life = new GuestLife(startup, ref slots);
        GuestEnd end = life.Build(startup, ref slots) ? life.Run() : GuestEnd.NotStarted;
        life.Drain(startup.TscHertz);

        Message message = default;
        message.Word0 = (ulong)end;
        new Endpoint(startup.Slot(StartupPurpose.Supervisor)).Call(ref message);
        return 0;
    }

    [RuntimeExport("tierce_fail")]
    private static void OnFailedCheck(int reason) => Failure.FailedCheck(reason);
}
