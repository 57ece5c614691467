using System;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Tests;

/// <summary>Code of a guest that the ROM decodes and carries out. The seam of the machine throws where the ROM reaches what it may not.</summary>
internal static unsafe class FuzzTargets
{
    private const int Registers = 16;
    private const ulong UserCode = 0x40_0f80;
    private const ulong UserRoot = 20;

    /// <summary>An instruction of guest kernel: how it came, a byte for each register, the code.</summary>
    public static void KernelCode(byte[] input)
    {
        if (input.Length < 1 + Registers)
        {
            return;
        }

        Machine.Reset();
        ulong memory = (ulong)Machine.Allocate(8192);
        Machine.OnBlock = () => throw new WaitsException();
        RegisterFrame frame = default;
        Fill(&frame, input.AsSpan(1, Registers), memory);

        // The guest's memory ends where the code does.
        ReadOnlySpan<byte> code = input.AsSpan(1 + Registers, Math.Min(32, input.Length - 1 - Registers));
        ulong start = memory + 8192 - (ulong)code.Length;
        code.CopyTo(new Span<byte>((void*)start, code.Length));
        frame.Rip = start;
        Machine.State->IoLevel = (uint)input[0] >> 1 & 3;
        try
        {
            bool done = Entries.Emulate(&frame, (input[0] & 1) == 0 ? 6UL : 13UL, (ulong)input[0] >> 3);
            Assert.True(done ? frame.Rip - start <= 20 : frame.Rip == start);
        }
        catch (WaitsException)
        {
            // HLT waits for an event, and none comes.
        }
    }

    /// <summary>An instruction of guest user: how it came, registers, a descriptor of its code segment, words anywhere in its tables, the code.</summary>
    public static void UserCodeByTables(byte[] input)
    {
        const int Head = 1 + Registers + 8 + 4 + 32;
        if (input.Length < Head)
        {
            return;
        }

        Machine.Reset();
        ulong memory = (ulong)Machine.Allocate(8192);
        MapCode();
        ReadOnlySpan<byte> rest = input.AsSpan(1 + Registers);
        *(ulong*)Machine.Window(30 << 12) = BitConverter.ToUInt64(rest);
        Machine.VCpu->LdtEntries = rest[8];
        Machine.VCpu->LdtFrames[0] = rest[9];
        Machine.VCpu->GdtEntries = rest[10];
        Machine.VCpu->GdtFrames[0] = rest[11];
        for (int i = 0; i < 2; i++)
        {
            ReadOnlySpan<byte> word = rest.Slice(12 + (16 * i), 16);
            *(ulong*)Machine.Window(((UserRoot + (ulong)(word[0] & 7)) << 12) | ((ulong)word[1] << 3)) = BitConverter.ToUInt64(word[8..]);
        }

        RegisterFrame frame = default;
        Fill(&frame, input.AsSpan(1, Registers), memory);
        frame.Cs = (input[0] & 3) switch { 0 => 0xe033, 1 => 0xe023, 2 => 7, _ => frame.Rbx & 0xffff };
        frame.Rip = (input[0] & 3) < 2 ? UserCode : frame.Rsi;
        ulong start = frame.Rip;
        Machine.State->IoLevel = (uint)input[0] >> 2 & 3;
        Machine.State->PortBitmap = memory;
        Machine.State->PortBitmapPorts = 65536;
        input.AsSpan(Head, Math.Min(32, input.Length - Head)).CopyTo(new Span<byte>(Machine.Window((24UL << 12) | 0xf80), 32));
        bool done = Entries.EmulateUser(&frame, (input[0] & 16) == 0 ? 6UL : 13UL, (ulong)input[0] >> 5);
        Assert.InRange(frame.Rip - start, 0UL, 20UL);
        Assert.True(done || frame.Rip == start || (Machine.VCpu->Vector & TrapEntry.Software) != 0);
    }

    /// <summary>Two pages of code in guest user's tables, and a page of descriptors.</summary>
    private static void MapCode()
    {
        Machine.State->UserRoot = UserRoot;
        ((ulong*)Machine.Window(UserRoot << 12))[0] = (21 << 12) | 7;
        ((ulong*)Machine.Window(21 << 12))[0] = (22 << 12) | 7;
        ((ulong*)Machine.Window(22 << 12))[2] = (23 << 12) | 7;
        ((ulong*)Machine.Window(23 << 12))[0] = (24 << 12) | 5;
        ((ulong*)Machine.Window(23 << 12))[1] = (26 << 12) | 1;
    }

    /// <summary>A value for each register: those that some check looks for, by one byte.</summary>
    private static void Fill(RegisterFrame* frame, ReadOnlySpan<byte> choices, ulong memory)
    {
        ulong* registers = (ulong*)frame;
        for (int i = 0; i < sizeof(RegisterFrame) / sizeof(ulong); i++)
        {
            byte choice = choices[i % choices.Length];
            ulong small = (ulong)choice >> 3;
            registers[i] = (choice & 7) switch
            {
                0 => small,
                1 => memory + (8 * small),
                2 => memory + 8192 - small,
                3 => HoleLayout.Start + (small * HoleLayout.SlotSize),
                4 => HoleLayout.RomText + small,
                5 => 0xc000_0080 + small,
                6 => 0x4000_0000 + small,
                _ => ulong.MaxValue - small,
            };
        }
    }

    /// <summary>The guest waits for an event.</summary>
    private sealed class WaitsException : Exception;
}
