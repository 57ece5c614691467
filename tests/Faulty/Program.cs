using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Runtime;

namespace Tierce.Faulty;

/// <summary>Writes where nothing is mapped, three calls deep: the boot tests check the report of it.</summary>
public static unsafe class Program
{
    private const ulong Nowhere = 0x1234_5678;

    [RuntimeExport("tierce_main")]
    public static ulong Main(StartupPage* page) => Outer(new Application(page), 1);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Outer(in Application application, ulong depth) => application.TscHertz + Middle(depth + 1);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Middle(ulong depth) => depth + Inner(depth + 1);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Inner(ulong depth)
    {
        // SAFETY: there is none: the fault is what this program is for.
        *(ulong*)Nowhere = depth;
        return depth;
    }

    [RuntimeExport("tierce_fail")]
    private static void OnFailedCheck(int reason) => Failure.FailedCheck(reason);
}
