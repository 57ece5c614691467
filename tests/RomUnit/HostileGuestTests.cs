using System;
using Tierce.Abi;
using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Tests;

/// <summary>
/// A guest kernel that makes any hypercall with any argument and executes any bytes: the ROM answers, and never reaches outside the
/// guest's frames or follows a pointer it has not probed (the seam fails the test). The seed is in the test's name.
/// </summary>
public unsafe class HostileGuestTests : GuestFixture
{
    private const int Seeds = 40;
    private const int Steps = 2000;

    /// <summary>Seeds to run.</summary>
    public static TheoryData<int> AllSeeds()
    {
        var seeds = new TheoryData<int>();
        for (int seed = 1; seed <= Seeds; seed++)
        {
            seeds.Add(seed);
        }

        return seeds;
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void AnyHypercallIsAnswered(int seed)
    {
        var random = new Random(seed);
        Machine.OnBlock = () => throw new GuestWaitsException();
        for (int step = 0; step < Steps; step++)
        {
            for (int i = 0; i < 16; i++)
            {
                Words[i] = Pick(random);
            }

            Machine.VCpu->Pending = (ulong)random.Next(4);
            try
            {
                Attempt(random);
            }
            catch (GuestWaitsException)
            {
                Machine.State->InMulticall = 0;
            }

            Machine.VCpu->Usr.Rip = Pick(random);
            Entries.Vmint(Machine.State, Machine.VCpu);
        }
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void AnyInstructionIsCarriedOutOrReflected(int seed)
    {
        var random = new Random(seed);
        Machine.OnBlock = () => throw new GuestWaitsException();
        byte[] first = [0x0f, 0x66, 0x48, 0xe4, 0xec, 0xf4, 0xfa, 0xfb, 0x41, 0xf3];
        byte[] second = [0x01, 0x06, 0x09, 0x0b, 0x20, 0x21, 0x22, 0x23, 0x30, 0x32, 0xa2, 0xc7];
        RegisterFrame frame;
        for (int step = 0; step < Steps; step++)
        {
            random.NextBytes(new Span<byte>((void*)Page, 32));
            *(byte*)Page = first[random.Next(first.Length)];
            *(byte*)(Page + 1) = second[random.Next(second.Length)];
            ulong* registers = (ulong*)&frame;
            for (int i = 0; i < sizeof(RegisterFrame) / sizeof(ulong); i++)
            {
                registers[i] = Pick(random);
            }

            frame.Rip = random.Next(8) == 0 ? Pick(random) : Page;
            ulong start = frame.Rip;
            try
            {
                bool done = Entries.Emulate(&frame, random.Next(2) == 0 ? 6UL : 13UL, 0);
                Assert.True(done ? frame.Rip - start <= 20 : frame.Rip == start);
            }
            catch (GuestWaitsException)
            {
                frame.Rip = 0;
            }
        }
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void AnyInstructionOfGuestUserIsCarriedOutOrReflected(int seed)
    {
        var random = new Random(seed);
        byte[] first = [0xcd, 0x0f, 0x66, 0xe4, 0xe7, 0xec, 0xef, 0xfa, 0xfb, 0xf3];
        RegisterFrame frame;
        for (int step = 0; step < Steps; step++)
        {
            // Code, its tables and the descriptors of its segment: anything.
            ulong* memory = (ulong*)Machine.Window(0);
            for (int i = 0; i < 64; i++)
            {
                memory[random.Next((int)Machine.RamFrames * 512)] = Pick(random) & 0x3_ffff_ffff | (uint)random.Next(8);
            }

            Machine.State->UserRoot = random.Next(4) == 0 ? Pick(random) : (ulong)random.Next((int)Machine.AllFrames);
            Machine.State->IoLevel = (uint)random.Next(4);
            Machine.State->PortBitmap = random.Next(2) == 0 ? Page : Pick(random);
            Machine.State->PortBitmapPorts = (uint)random.Next(65537);
            Machine.VCpu->GdtEntries = (uint)Pick(random);
            Machine.VCpu->LdtEntries = (uint)Pick(random);
            Machine.VCpu->GdtFrames[random.Next(14)] = (uint)Pick(random);
            Machine.VCpu->LdtFrames[random.Next(16)] = (uint)Pick(random);
            *(byte*)Machine.Window((ulong)random.Next((int)Machine.RamFrames) << 12) = first[random.Next(first.Length)];
            ulong* registers = (ulong*)&frame;
            for (int i = 0; i < sizeof(RegisterFrame) / sizeof(ulong); i++)
            {
                registers[i] = Pick(random);
            }

            ulong start = frame.Rip;
            bool done = Entries.EmulateUser(&frame, random.Next(2) == 0 ? 6UL : 13UL, (ulong)random.Next(4));
            Assert.InRange(frame.Rip - start, 0UL, 20UL);
            Assert.True(done || frame.Rip == start || (Machine.VCpu->Vector & TrapEntry.Software) != 0);
        }
    }

    /// <summary>A third of the calls is nonsense, the others have arguments of the two usual shapes: list and count, operation and argument.</summary>
    private void Attempt(Random random)
    {
        ulong number = (ulong)random.Next(56);
        ulong last = random.Next(2) == 0 ? DomainId.Self : Pick(random);
        switch (random.Next(3))
        {
            case 0:
                Hypercall(number, Page, (ulong)random.Next(1, 4), random.Next(2) == 0 ? 0 : Pick(random), last);
                break;
            case 1:
                ulong third = number == (ulong)HypercallNumber.VcpuOp ? Page : (ulong)random.Next(3);
                Hypercall(number, (ulong)random.Next(16), number == (ulong)HypercallNumber.VcpuOp ? 0 : Page, third, last);
                break;
            default:
                Hypercall(number, Pick(random), Pick(random), Pick(random), last);
                break;
        }
    }

    private ulong Pick(Random random) => random.Next(13) switch
    {
        0 => 0,
        1 => (ulong)random.Next(16),
        2 => (ulong)random.Next(300),
        3 => Page + (ulong)random.Next(8192),
        4 => Page + (8UL * (ulong)random.Next(32)),
        5 => Machine.AllFrames - 2 + (ulong)random.Next(4),
        6 => ((ulong)random.Next((int)Machine.AllFrames + 2) << 12) + (ulong)random.Next(4096),
        7 => HoleLayout.Start + ((ulong)random.Next(9) * HoleLayout.SlotSize),
        8 => HoleLayout.RomText + (ulong)random.Next(0x1000),
        9 => ulong.MaxValue - (ulong)random.Next(64),
        10 => DomainId.Self,
        11 => (Machine.AllFrames << 12) - 32 + (8 * (ulong)random.Next(8)),
        _ => (ulong)random.NextInt64(),
    };

    /// <summary>The guest waits for an event: the step is over.</summary>
    private sealed class GuestWaitsException : Exception;
}
