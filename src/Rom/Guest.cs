using Tierce.Abi;

namespace Tierce.Rom;

/// <summary>
/// Guest memory by the guest's own virtual addresses, as hypercall arguments name it. The ROM probes a range once, with a fix-up, and then
/// uses it by pointer. Only the guest itself could unmap it in between, and would be stopped for that.
/// </summary>
internal static unsafe class Guest
{
    // SAFETY: an address of the guest's: below the hole or above it for all of its bytes, and an access to it has a fix-up.

    /// <summary>The argument at that address, or null if it cannot be read or lies in the hypervisor's part.</summary>
    internal static byte* Read(ulong address, ulong size)
    {
        byte* first = (byte*)address;
        return IsGuest(address, size) && Machine.CanRead(first, first + size - 1) ? first : null;
    }

    /// <summary>The argument at that address, or null if it cannot be written or lies in the hypervisor's part.</summary>
    internal static byte* Write(ulong address, ulong size)
    {
        byte* first = (byte*)address;
        return IsGuest(address, size) && Machine.CanWrite(first, first + size - 1) ? first : null;
    }

    /// <summary>Writes a 32-bit result where a hypercall's argument may be null. Returns false if it cannot be written.</summary>
    internal static bool Store(ulong address, uint value)
    {
        if (address == 0)
        {
            return true;
        }

        byte* target = Write(address, sizeof(uint));
        if (target == null)
        {
            return false;
        }

        *(uint*)target = value;
        return true;
    }

    /// <summary>Copies a text and pads with zeros. Returns false if the bytes cannot be written.</summary>
    internal static bool StoreText(ulong address, int size, ReadOnlySpan<byte> text)
    {
        byte* target = Write(address, (ulong)size);
        if (target == null)
        {
            return false;
        }

        for (int i = 0; i < size; i++)
        {
            target[i] = i < text.Length ? text[i] : (byte)0;
        }

        return true;
    }

    /// <summary>Whether the processor accepts the address.</summary>
    internal static bool IsCanonical(ulong address) => (ulong)((long)(address << 16) >> 16) == address;

    /// <summary>Whether the frame exists, so that the window shows it.</summary>
    internal static bool IsFrame(ulong frame) => frame < Machine.Info->AllFrames;

    /// <summary>Whether the addresses are outside the hole, mapped or not.</summary>
    internal static bool IsGuest(ulong address, ulong size)
    {
        ulong end = address + size;
        return size != 0 && end >= address && (end <= HoleLayout.UserLimit || (address >= HoleLayout.End && end > address));
    }
}
