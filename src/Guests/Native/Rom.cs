using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Abi;

namespace Tierce.Guests.Native;

/// <summary>The hypervisor as this kernel sees it: a page and a function.</summary>
internal static unsafe class Rom
{
    /// <summary>The shared page.</summary>
    public static NativePage* Page;

    /// <summary>A frame of this guest's memory: the window shows all of it.</summary>
    public static byte* Frame(ulong frame) => (byte*)(HoleLayout.Window + (frame << 12));

    /// <summary>A call of the ROM.</summary>
    public static long Call(NativeCall number, ulong first = 0, ulong second = 0) => Call((ulong)number, first, second, Page->Call);

    /// <summary>Address of the handler (Program.Event).</summary>
    [RuntimeImport("*", "native_handler_address")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong HandlerAddress();

    [RuntimeImport("*", "native_rom_call")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern long Call(ulong number, ulong first, ulong second, ulong rom);
}
