using System.Runtime.InteropServices;

namespace Tierce.Rom.State;

#pragma warning disable CS1591 // the fields are the processor's registers, named as it names them

/// <summary>The state that an iret hypercall restores: three registers, then the frame in the processor's order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BounceFrame
{
    internal ulong Rax, R11, Rcx;
    internal ulong Rip, Cs, Rflags, Rsp, Ss;
}

#pragma warning restore CS1591
