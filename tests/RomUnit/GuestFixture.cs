using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Tests;

/// <summary>A new guest for each test, with a page of guest memory for arguments.</summary>
public unsafe abstract class GuestFixture
{
    private readonly nint _page;

    /// <summary>Resets the machine.</summary>
    protected GuestFixture()
    {
        Machine.Reset();
        _page = (nint)Machine.Allocate(8192);
    }

    /// <summary>Address of two pages of guest memory.</summary>
    protected ulong Page => (ulong)_page;

    /// <summary>The same as words.</summary>
    protected ulong* Words => (ulong*)_page;

    /// <summary>A hypercall as assembly makes it.</summary>
    protected static long Hypercall(ulong number, ulong a0 = 0, ulong a1 = 0, ulong a2 = 0, ulong a3 = 0)
    {
        RegisterFrame* frame = &Machine.State->Frame;
        frame->Rdi = a0;
        frame->Rsi = a1;
        frame->Rdx = a2;
        frame->R10 = a3;
        return (long)Entries.Hypercall(number, frame);
    }

    internal static SharedInfo* Shared => (SharedInfo*)Machine.Window(Machine.SharedInfoFrame << 12);
}
