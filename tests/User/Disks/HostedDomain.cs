using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.User.Disks;

/// <summary>The domain waits: control goes back to the test, which may run it on.</summary>
public sealed class WaitsException : Exception;

/// <summary>
/// A domain in the test's process. Its memory is mapped at the addresses that it asks for, where the test reads and writes what others
/// would. The tests that use it are one collection, since the addresses are the same for all.
/// </summary>
public abstract unsafe class HostedDomain : IKernel, IDisposable
{
    /// <summary>The collection of tests.</summary>
    public const string Collection = "domains in this process";

    private const int ReadWrite = 3, PrivateAnonymousFixed = 0x10_0022;
    private const ulong StartupAddress = StartupPage.Address;

    // Not LibraryImport: twins are compiled without its generator.
    private static readonly nint s_library = NativeLibrary.Load("libc.so.6");
    private static readonly delegate* unmanaged<void*, nuint, int, int, int, long, void*> s_map =
        (delegate* unmanaged<void*, nuint, int, int, int, long, void*>)NativeLibrary.GetExport(s_library, "mmap");

    private static readonly delegate* unmanaged<void*, nuint, int> s_unmap = (delegate* unmanaged<void*, nuint, int>)NativeLibrary.GetExport(s_library, "munmap");

    private readonly List<(ulong Address, ulong Bytes)> _mapped = [];
    private readonly Dictionary<ulong, ulong> _addresses = [];

    /// <summary>A domain with an empty startup page.</summary>
    protected HostedDomain()
    {
        MapAt(StartupAddress, 2);
        Page->Magic = StartupPage.ExpectedMagic;
        Page->TscHertz = 1_000_000_000;
        Page->FirstFreeSlot = 1000;
        Machine.UseKernel(this);
    }

    /// <summary>Bits that its next wait returns; 0: it waits, and the test goes on.</summary>
    public ulong Pending { get; set; }

    /// <summary>Its startup page.</summary>
    protected static Startup Startup => new(Page);

    private static StartupPage* Page => (StartupPage*)StartupAddress;

    /// <inheritdoc/>
    public void Dispose()
    {
        Machine.UseKernel(null);
        foreach ((ulong address, ulong bytes) in _mapped)
        {
            _ = s_unmap((void*)address, (nuint)bytes);
        }

        _mapped.Clear();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public Status Make(ref CallArguments words)
    {
        Calls();
        switch ((KernelCall)words.Number)
        {
            case KernelCall.MemoryMap:
                uint pages = (uint)(words.Argument3 >> 32);
                if (!_addresses.TryGetValue(words.Argument0, out ulong mapped) || mapped != words.Argument2)
                {
                    _addresses[words.Argument0] = words.Argument2;
                    MapAt(words.Argument2, pages);
                }

                return Status.Ok;
            case KernelCall.NotificationSignal:
                Signalled((uint)words.Argument0, words.Argument1);
                return Status.Ok;
            case KernelCall.CapDelete:
                Deleted((uint)words.Argument0);
                return Status.Ok;
            case KernelCall.InterruptBind or KernelCall.Log or KernelCall.CapRevoke:
                return Status.Ok;
            case KernelCall.NotificationWait:
                words.Argument1 = TakePending();
                return Status.Ok;
            case KernelCall.GrantCopy:
                return Copy(ref words);
            default:
                throw new NotSupportedException($"{(KernelCall)words.Number}");
        }
    }

    /// <inheritdoc/>
    public ulong SignalWait(ulong target, ulong bits)
    {
        Calls();
        Signalled((uint)target, bits);
        return TakePending();
    }

    /// <summary>It calls the kernel.</summary>
    protected virtual void Calls()
    {
    }

    /// <summary>It has signalled a notification.</summary>
    protected virtual void Signalled(uint slot, ulong bits)
    {
    }

    /// <summary>It has deleted a capability.</summary>
    protected virtual void Deleted(uint slot)
    {
    }

    /// <summary>The call GrantCopy.</summary>
    protected virtual Status Copy(ref CallArguments words) => throw new NotSupportedException();

    /// <summary>Lists a capability or a number.</summary>
    protected void List(StartupPurpose purpose, uint slot, ulong value = 0) =>
        (&Page->FirstGrant)[Page->GrantCount++] = new StartupGrant { Purpose = purpose, Slot = slot, Value = value };

    /// <summary>Where the domain has mapped the memory in a slot.</summary>
    protected byte* Mapped(ulong slot) => (byte*)_addresses[slot];

    private ulong TakePending()
    {
        ulong bits = Pending;
        Pending = 0;
        return bits != 0 ? bits : throw new WaitsException();
    }

    private void MapAt(ulong address, ulong pages)
    {
        void* at = s_map((void*)address, (nuint)(pages * 4096), ReadWrite, PrivateAnonymousFixed, -1, 0);
        Assert.True((ulong)at == address, $"0x{address:x} cannot be mapped");
        _mapped.Add((address, pages * 4096));
    }
}
