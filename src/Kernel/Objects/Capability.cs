using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.Kernel.Objects;

/// <summary>
/// One capability: a slot of a domain's table, or one embedded in a kernel object that uses another capability's object. Both are nodes of
/// the derivation tree, so that revocation reaches every use of a right.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public unsafe struct Capability
{
    // SAFETY: an object's pointer has the type that goes with the capability's Type. Derivation.Fill writes both at once, and code that
    // reads Object has tested Type.

    /// <summary>Bytes of a slot; a power of two, so that a page holds a whole number.</summary>
    public const int Size = 128;

    /// <summary>Its type; <see cref="CapabilityType.None"/> if the slot is empty.</summary>
    [FieldOffset(0)] public CapabilityType Type;

    /// <summary><see cref="CapRights"/>, seven bits.</summary>
    [FieldOffset(1)] public byte RightBits;

    /// <summary><see cref="Type"/> and <see cref="RightBits"/>.</summary>
    [FieldOffset(0)] public ushort TypeAndRights;

    /// <summary>The object, where the type has one.</summary>
    [FieldOffset(8)] public void* Object;

    /// <summary>First datum, see <see cref="CapabilityType"/>.</summary>
    [FieldOffset(16)] public ulong A;

    /// <summary>Second datum, see <see cref="CapabilityType"/>.</summary>
    [FieldOffset(24)] public ulong B;

    /// <summary>The capability that it was derived from; null at the top.</summary>
    [FieldOffset(32)] public Capability* Parent;

    /// <summary>First of the capabilities derived from it.</summary>
    [FieldOffset(40)] public Capability* FirstChild;

    /// <summary>Next derived from the same parent.</summary>
    [FieldOffset(48)] public Capability* Next;

    /// <summary>Previous derived from the same parent.</summary>
    [FieldOffset(56)] public Capability* Previous;

    /// <summary>Next mapping in the same domain (type Mapping).</summary>
    [FieldOffset(64)] public Capability* NextMapping;

    /// <summary>Previous mapping in the same domain (type Mapping).</summary>
    [FieldOffset(72)] public Capability* PreviousMapping;

    /// <summary>Rights that its holder has.</summary>
    public readonly CapRights Rights => (CapRights)RightBits;

    /// <summary>Whether a capability is of a type and has all of <paramref name="needed"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(Capability* cap, CapabilityType type, CapRights needed) =>
        (cap->TypeAndRights & (byte.MaxValue | ((int)needed << 8))) == ((int)type | ((int)needed << 8));

    /// <summary>Whether it has all of <paramref name="needed"/>.</summary>
    public readonly bool Has(CapRights needed) => (RightBits & (int)needed) == (int)needed;
}
