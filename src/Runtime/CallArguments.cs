using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>
/// The registers of a kernel call, in and out, in the order in which <c>tierce_call</c> loads and stores them.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct CallArguments
{
    /// <summary>Number of the call; then its status.</summary>
    public ulong Rax;

    /// <summary>Argument and result registers, in the kernel's order.</summary>
    public ulong Rdi, Rsi, Rdx, R10, R8, R9;

    /// <summary>Makes the call that <paramref name="call"/> names with the registers set before.</summary>
    public unsafe Status Invoke(KernelCall call)
    {
        Rax = (ulong)call;

        // SAFETY: the stub touches these seven words alone, and the structure does not move while it runs.
        fixed (CallArguments* self = &this)
        {
            Machine.Call(self);
        }

        return (Status)(long)Rax;
    }

    /// <summary>Makes one call with up to six arguments whose results the caller does not need.</summary>
    public static Status Do(KernelCall call, ulong rdi = 0, ulong rsi = 0, ulong rdx = 0, ulong r10 = 0, ulong r8 = 0, ulong r9 = 0)
    {
        CallArguments arguments;
        arguments.Rax = 0;
        arguments.Rdi = rdi;
        arguments.Rsi = rsi;
        arguments.Rdx = rdx;
        arguments.R10 = r10;
        arguments.R8 = r8;
        arguments.R9 = r9;
        return arguments.Invoke(call);
    }
}
