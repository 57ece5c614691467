namespace Tierce.Abi;

/// <summary>
/// Which register carries which word of a kernel call, as the register's offset in <see cref="RegisterFrame"/>: the one place that says so.
/// Arguments and results of each call (<c>src/Abi/Calls</c>) are laid over the registers by these numbers, so that kernel and
/// programs name what they read and write.
/// </summary>
[AssemblyNames("CALL")]
public static class CallFrame
{
    /// <summary>RAX: number of the call, then its status.</summary>
    public const int Number = 0;

    /// <summary>RDI: first argument, or first result.</summary>
    public const int Argument0 = 40;

    /// <summary>RSI.</summary>
    public const int Argument1 = 32;

    /// <summary>RDX.</summary>
    public const int Argument2 = 24;

    /// <summary>R10, since SYSCALL needs RCX.</summary>
    public const int Argument3 = 72;

    /// <summary>R8.</summary>
    public const int Argument4 = 56;

    /// <summary>R9.</summary>
    public const int Argument5 = 64;

    /// <summary>Bytes that hold them all.</summary>
    public const int Size = 80;
}
