using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Rom;

namespace Tierce.RomNative;

/// <summary>The whole state of this ROM, at the start of its data. It is zero at start.</summary>
[AssemblyNames("STATE")]
[StructLayout(LayoutKind.Explicit, Size = 4096)]
internal unsafe struct NativeState
{
    /// <summary>The shared page, in the window. Set at the first call or event.</summary>
    [FieldOffset(0)] internal NativePage* Page;

    /// <summary>The guest kernel's stack pointer while its user mode runs.</summary>
    [FieldOffset(8)] internal ulong KernelSp;

    /// <summary>RCX of user mode, while an exception is stored.</summary>
    [FieldOffset(16)] internal ulong SavedRcx;

    /// <summary>The guest's event handler, 0 for none.</summary>
    [FieldOffset(24)] internal ulong Handler;

    /// <summary>The console's input. 24 bytes.</summary>
    [FieldOffset(32)] internal InputRing Input;
}
