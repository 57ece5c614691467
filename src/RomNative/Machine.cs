using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Rom;

namespace Tierce.RomNative;

/// <summary>Memory at fixed addresses, and functions in assembly.</summary>
internal static unsafe class Machine
{
    // SAFETY: the monitor maps these pages and the window before the first instruction of the guest (HoleLayout).

    /// <summary>This ROM's state.</summary>
    internal static NativeState* State => (NativeState*)HoleLayout.RomData;

    /// <summary>The vCPU page.</summary>
    internal static VCpuPage* VCpu => (VCpuPage*)HoleLayout.VCpuPage;

    /// <summary>Information from the monitor.</summary>
    internal static RomInfo* Info => (RomInfo*)HoleLayout.RomInfoPage;

    /// <summary>The note page.</summary>
    internal static NotePage* Notes => (NotePage*)HoleLayout.NotePage;

    /// <summary>The page shared with the guest. Reading it also stores its address in the state, for assembly.</summary>
    internal static NativePage* Page => State->Page = (NativePage*)Window(Info->SharedInfoFrame << 12);

    /// <summary>The console's input. The first call finds both rings.</summary>
    internal static InputRing* Input
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            InputRing* input = &State->Input;
            if (input->Driver == null)
            {
                input->Guest = Window(Info->ConsoleFrame << 12);
                input->Driver = (ByteRingHeader*)Window(Info->InputFrame << 12);
            }

            return input;
        }
    }

    /// <summary>A guest-physical address in the window.</summary>
    internal static byte* Window(ulong address) => (byte*)(HoleLayout.Window + address);

    /// <summary>Makes a kernel call.</summary>
    internal static long Call(VmCall number, ulong first = 0, ulong second = 0, ulong third = 0) => RawCall((ulong)number, first, second, third);

    /// <summary>VmCall.Block, unless the word is not 0.</summary>
    [RuntimeImport("*", "native_block")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void Block(ulong* pending);

    /// <summary>Calls the guest's handler.</summary>
    [RuntimeImport("*", "native_handler")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void Handle(ulong handler, ulong events);

    /// <summary>
    /// Where VMUSR has to continue if it was interrupted at that address. It differs only in a restart region of this ROM.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Restart(ulong rip) => rip - HoleLayout.RomText < HoleLayout.RomData - HoleLayout.RomText ? RestartInText(rip) : rip;

    /// <summary>Where VMUSR continues when its user mode is stopped.</summary>
    [RuntimeImport("*", "native_run_stopped")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern ulong RunStopped();

    [RuntimeImport("*", "rom_restart")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong RestartInText(ulong rip);

    [RuntimeImport("*", "rom_vmcall")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern long RawCall(ulong number, ulong first, ulong second, ulong third);
}
