using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.PageTables;

/// <summary>A guest with its cache and two virtual CPUs, in a fresh machine. One at a time: the machine's memory is one.</summary>
public sealed unsafe class World : IDisposable
{
    /// <summary>First physical page of the guest; a multiple of 512, so that large pages of the hole fit.</summary>
    public const ulong FirstPage = 1024;

    /// <summary>First physical page of the cache.</summary>
    public const ulong CachePage = 8192;

    private readonly LoadedRoots* cpus;
    private readonly Guest* guest;

    /// <summary>Makes one; bitmap and note page are the last two frames.</summary>
    public World(ulong frames, ulong cachePages, ulong settings = 0, bool globals = false)
    {
        Machine.Reset();
        Machine.KeepsGlobals = globals;
        RootRegister.Prepare();
        Guest* created;
        Assert.Equal(Status.Ok, GuestSpace.Create(FirstPage, frames, CachePage, cachePages, frames - 2, frames - 1, settings, &created));
        guest = created;
        cpus = (LoadedRoots*)NativeMemory.AllocZeroed(2, (nuint)sizeof(LoadedRoots));
        for (int i = 0; i < 2; i++)
        {
            cpus[i] = LoadedRoots.None;
        }
    }

    public Guest* Guest => guest;

    public ulong NoteFrame => guest->Frames - 1;

    public ulong BitmapFrame => guest->Frames - 2;

    public LoadedRoots* Cpu(int index) => &cpus[index];

    public ulong* Frame(ulong frame) => (ulong*)guest->FrameAddress(frame);

    /// <summary>Writes an entry as the ROM does: the entry, then its note.</summary>
    public void Write(ulong frame, int slot, ulong entry)
    {
        Frame(frame)[slot] = entry;
        Note((frame << 12) | ((ulong)slot << 3));
    }

    /// <summary>Appends a note; the count goes past the capacity as the ROM's does.</summary>
    public void Note(ulong note)
    {
        uint count = Cache(guest)->Notes.Page->Count;
        if (count < NotePage.Capacity)
        {
            (&Cache(guest)->Notes.Page->First)[count] = note;
        }

        Cache(guest)->Notes.Page->Count = count <= NotePage.Capacity ? count + 1 : count;
    }

    public void Dispose() => NativeMemory.Free(cpus);
}
