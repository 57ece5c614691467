using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.BlockBack;

/// <summary>
/// Copies between granted pages and buffers, collected for one kernel call. They lie at the beginning of memory of the back end's own; the
/// pages after them hold copies of the guest's ring.
/// </summary>
public unsafe struct CopyList
{
    // SAFETY: the constructor maps the memory for the domain's life, and Count stays below Capacity.

    /// <summary>Copies that fit.</summary>
    public const int Capacity = 4096 / GrantOperation.Size;

    private const ulong Address = 0x0000_0014_0000_0000;

    private readonly Grants _grants;
    private readonly Memory _memory;

    /// <summary>A list in memory that the startup page grants.</summary>
    public CopyList(Startup startup, int devices, ref SlotAllocator slots)
    {
        _grants = new Grants(startup.Slot(StartupPurpose.Grants));
        _memory = new Memory(startup.Slot(StartupPurpose.Memory));
        Count = 0;
        Failure.Check(_memory.Map(Domain.Own, Address, 0, BackEndMemory.Pages(devices), CapRights.Read | CapRights.Write, slots.Take()), "mapping the list of copies"u8);
    }

    /// <summary>Copies in the list.</summary>
    public int Count { get; private set; }

    /// <summary>Copies for which there is room.</summary>
    public readonly int Room => Capacity - Count;

    /// <summary>Offset in the memory of a device's area.</summary>
    public static uint AreaOffset(int device) => 4096 + ((uint)device * (uint)BackEndMemory.AreaPages * 4096);

    /// <summary>The area at an offset.</summary>
    public static Span<byte> Area(uint offset) => new((byte*)Address + offset, (int)BackEndMemory.AreaPages * 4096);

    private static GrantOperation* Operations => (GrantOperation*)Address;

    /// <summary>Adds a copy. The caller has made room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(uint reference, uint guestOffset, uint length, uint bufferOffset, GrantCopyFlags flags)
    {
        GrantOperation* operation = Operations + Count++;
        operation->Reference = reference;
        operation->GuestOffset = (ushort)guestOffset;
        operation->Length = (ushort)length;
        operation->BufferOffset = bufferOffset;
        operation->Flags = (ushort)flags;
        operation->Result = (short)GrantCopyResult.NotGranted;
    }

    /// <summary>Makes all copies and empties the list. Their results stay until the next <see cref="Add"/>.</summary>
    /// <param name="buffer">Memory of the copies that do not have <see cref="GrantCopyFlags.Own"/>.</param>
    public void Run(Memory buffer)
    {
        if (Count != 0)
        {
            Failure.Check(_grants.Copy(buffer, _memory, (uint)Count), "copying what the guest grants"u8);
            Count = 0;
        }
    }

    /// <summary>Whether copies of the last <see cref="Run"/> all succeeded.</summary>
    public static bool Succeeded(int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            if (Operations[i].Result != (short)GrantCopyResult.Ok)
            {
                return false;
            }
        }

        return true;
    }
}
