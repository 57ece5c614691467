namespace Tierce.Kernel.Arch.Formats;

/// <summary>
/// Segment descriptors (Intel SDM vol. 3, 3.4.5): the form in which a guest's may be in the processor's tables, and what IRET may load.
/// </summary>
public static class Descriptor
{
    private const ulong Accessed = 1UL << 40, Writable = 1UL << 41, Code = 1UL << 43, CodeOrData = 1UL << 44;
    private const ulong Ring3 = 3UL << 45, Present = 1UL << 47, Long = 1UL << 53, Wide = 1UL << 54, Pages = 1UL << 55;

    /// <summary>
    /// The descriptor that the tables get for a guest's. Code and data get DPL 3, whatever the guest wrote, and the accessed bit, so that
    /// the processor writes nothing. Gates, task states, LDTs and code without a mode become 0. A descriptor that is not present stays
    /// unchanged: LAR and LSL can inspect it, and loading it raises the exception that its guest expects.
    /// </summary>
    public static ulong Sanitise(ulong descriptor)
    {
        if ((descriptor & Present) == 0)
        {
            return descriptor;
        }

        bool reserved = (descriptor & (Code | Long | Wide)) == (Code | Long | Wide);
        return (descriptor & CodeOrData) == 0 || reserved ? 0 : descriptor | Ring3 | Accessed;
    }

    /// <summary>Whether IRET to ring 3 can load it as CS and continue at an address.</summary>
    public static bool IsCode(ulong descriptor, ulong address)
    {
        const ulong Needed = CodeOrData | Present | Code | Ring3;
        if ((descriptor & Needed) != Needed)
        {
            return false;
        }

        ulong limit = (descriptor & 0xffff) | ((descriptor >> 32) & 0xf_0000);
        limit = (descriptor & Pages) != 0 ? (limit << 12) | 0xfff : limit;
        return (descriptor & Long) != 0 || address <= limit;
    }

    /// <summary>The exception that IRET to ring 3 raises when it loads it as CS; 0 for none.</summary>
    public static uint CodeFault(ulong descriptor) =>
        IsCode(descriptor, 0) ? 0u : IsCode(descriptor | Present, 0) ? (uint)Vector.SegmentNotPresent : Vector.GeneralProtection;

    /// <summary>The exception that IRET to ring 3 raises when it loads it as SS; 0 for none.</summary>
    public static uint StackFault(ulong descriptor) =>
        IsStack(descriptor) ? 0u : IsStack(descriptor | Present) ? (uint)Vector.StackFault : Vector.GeneralProtection;

    /// <summary>Whether IRET to ring 3 can load it as SS.</summary>
    public static bool IsStack(ulong descriptor)
    {
        const ulong Needed = CodeOrData | Present | Writable | Ring3;
        return (descriptor & (Needed | Code)) == Needed;
    }
}
