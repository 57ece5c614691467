using Tierce.Abi;

namespace Tierce.PageTables;

public enum Access
{
    Read,
    Write,
    Fetch,
}

/// <summary>What the guest's own tables say of an address: the plain walk that the cache is held against.</summary>
public readonly record struct GuestTranslation(bool Valid, bool FailedPresent, ulong Frame, bool Writable, bool UpperWritable, bool User, bool Executable);

/// <summary>What should become of an access.</summary>
public readonly record struct Verdict(bool Allowed, bool Native, ulong Error, ulong Frame);

/// <summary>A naive walker of a guest's tables, written from the processor's manual, not from the kernel.</summary>
public static unsafe class GuestWalker
{
    public static GuestTranslation Walk(Guest* guest, ulong top, ulong address)
    {
        bool writable = true;
        bool upperWritable = true;
        bool user = true;
        bool open = Cache(guest)->Options.IsOpenToUser;
        bool executable = true;
        ulong frame = top;
        for (int shift = 39; shift >= 12; shift -= 9)
        {
            ulong entry = ((ulong*)guest->FrameAddress(frame))[(address >> shift) & 511];
            if ((entry & 1) == 0)
            {
                return default;
            }

            frame = (entry >> 12) & 0xff_ffff_ffff;
            if (frame >= guest->Frames || (shift > 12 && (entry & 0x80) != 0))
            {
                return new GuestTranslation(false, true, 0, false, false, false, false);
            }

            upperWritable = shift == 12 ? upperWritable : upperWritable && (entry & 2) != 0;
            writable &= (entry & 2) != 0;
            user &= open || (entry & 4) != 0;
            executable &= (entry >> 63) == 0;
        }

        return new GuestTranslation(true, false, frame, writable, upperWritable, user, executable);
    }

    /// <summary>Frame and slot of the lowest entry that an address leads to.</summary>
    public static (ulong Frame, int Slot) LowestEntry(Guest* guest, ulong top, ulong address)
    {
        ulong frame = top;
        for (int shift = 39; ; shift -= 9)
        {
            int slot = (int)(address >> shift) & 511;
            ulong entry = ((ulong*)guest->FrameAddress(frame))[slot];
            ulong next = (entry >> 12) & 0xff_ffff_ffff;
            if (shift == 12 || (entry & 1) == 0 || next >= guest->Frames)
            {
                return (frame, slot);
            }

            frame = next;
        }
    }

    /// <summary>Decides an access in guest user or guest kernel mode as the interface promises it.</summary>
    public static Verdict Decide(Guest* guest, LoadedRoots* cpu, bool user, ulong address, Access access)
    {
        ulong kind = access switch { Access.Write => 2, Access.Fetch => 16, _ => 0 };
        if (address is >= HoleLayout.Start and < HoleLayout.End)
        {
            return new Verdict(false, false, kind, 0);
        }

        GuestTranslation found = Walk(guest, user ? cpu->UserRootFrame : cpu->KernelRootFrame, address);
        if (!found.Valid)
        {
            return new Verdict(false, false, kind | (found.FailedPresent ? 1UL : 0), 0);
        }

        if ((user && !found.User) || (access == Access.Fetch && !found.Executable))
        {
            return new Verdict(false, false, kind | 1, 0);
        }

        if (access == Access.Write && !found.Writable)
        {
            bool native = !user && found.UpperWritable && (Cache(guest)->Notes.Declares(found.Frame) || IsCached(guest, found.Frame));
            return new Verdict(native, native, kind | 1, found.Frame);
        }

        return new Verdict(true, false, kind, found.Frame);
    }
}
