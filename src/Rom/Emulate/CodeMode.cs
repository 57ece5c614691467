namespace Tierce.Rom.Emulate;

/// <summary>How the processor decodes the code of a segment.</summary>
internal enum CodeMode
{
    /// <summary>64-bit code.</summary>
    Bits64,

    /// <summary>32-bit code.</summary>
    Bits32,

    /// <summary>16-bit code.</summary>
    Bits16,
}
