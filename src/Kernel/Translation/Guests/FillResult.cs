namespace Tierce.Kernel.Translation.Guests;

/// <summary>The result of a fault.</summary>
public readonly struct FillResult
{
    /// <summary>The access is translated now and can be repeated.</summary>
    public readonly bool Filled;

    /// <summary>Otherwise the fault is the guest's, with this error code (without the bit for user mode).</summary>
    public readonly ulong ErrorCode;

    /// <summary>A result: filled, or the error code of the guest's fault.</summary>
    public FillResult(bool filled, ulong errorCode)
    {
        Filled = filled;
        ErrorCode = errorCode;
    }
}
