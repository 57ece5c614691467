using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.Rom.State;

/// <summary>The frame of an iret hypercall on the guest's stack (struct iret_context of Xen's public arch-x86/xen-x86_64.h).</summary>
[AssemblyNames("IRET")]
[StructLayout(LayoutKind.Sequential)]
internal struct IretFrame
{
    internal ulong Rax, R11, Rcx, Flags, Rip, Cs, Rflags, Rsp, Ss;
}
