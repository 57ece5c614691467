namespace Tierce.Rom.Emulate;

/// <summary>An exception or software interrupt for a handler of the guest.</summary>
internal struct Reflected
{
    /// <summary>The vector; for a software interrupt the number of its entry, with <see cref="State.TrapEntry.Software"/>.</summary>
    internal ulong Vector;

    /// <summary>The error code, where the exception has one.</summary>
    internal ulong ErrorCode;
}
