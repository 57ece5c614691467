using System.Runtime;
using System.Runtime.CompilerServices;

namespace Tierce.Kernel.Diagnostics;

/// <summary>Registers of the caller of these functions, for a backtrace without an exception.</summary>
internal static unsafe class PanicRegisters
{
    /// <summary>Return address of this call.</summary>
    [RuntimeImport("*", "cpu_here_rip")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void* Rip();

    /// <summary>Stack pointer after this call.</summary>
    [RuntimeImport("*", "cpu_here_rsp")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void* Rsp();

    /// <summary>RBP.</summary>
    [RuntimeImport("*", "cpu_here_rbp")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void* Rbp();
}
