using System.Collections.Generic;
using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Rom.State;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace System.Runtime
{
    /// <summary>Stands in for the attribute that names a symbol in a freestanding image.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    internal sealed class RuntimeExportAttribute(string entryPoint) : Attribute
    {
        /// <summary>The symbol.</summary>
        public string EntryPoint => entryPoint;
    }
}

namespace Tierce.Rom
{
    /// <summary>The ROM's machine seam, over memory of the test process. <see cref="Reset"/> makes a new guest.</summary>
    internal static unsafe class Machine
    {
        internal const ulong RamFrames = 64;
        internal const ulong AllFrames = 73;
        internal const ulong SharedInfoFrame = 64;
        internal const ulong BitmapFrame = 65;
        internal const ulong GrantFrame = 66;
        internal const ulong RootFrame = 10;
        internal const ulong InputFrame = 70;
        internal const ulong ConsoleFrame = 12;
        internal const ulong MachineToPhysicalFrame = 72;
        internal const ulong IretEntry = HoleLayout.RomText + 0x80;
        internal const ulong ShowInEvent = HoleLayout.RomText + 0x100;
        internal const ulong ShowInSyscall = HoleLayout.RomText + 0x110;
        internal const ulong ShowInPageFault = HoleLayout.RomText + 0x120;

        private static readonly List<(ulong First, ulong End)> s_memory = [];
        private static byte* s_window;
        private static byte* s_pages;
        private static byte* s_gdt;

        /// <summary>Kernel calls made since the reset.</summary>
        internal static List<(VmCall Number, ulong First, ulong Second)> Calls { get; } = [];

        /// <summary>Native CPUID by leaf and subleaf; others are zero.</summary>
        internal static Dictionary<(uint Leaf, uint Subleaf), (uint Eax, uint Ebx, uint Ecx, uint Edx)> NativeCpuid { get; } = [];

        /// <summary>Text logged since the reset.</summary>
        internal static string LogText { get; private set; } = string.Empty;

        /// <summary>Addresses from here on, for one page, cannot be accessed; 0 for none.</summary>
        internal static ulong BadPage { get; set; }

        /// <summary>What Block does, the event that ends it.</summary>
        internal static System.Action? OnBlock { get; set; }

        internal static ulong EnabledStates { get; set; }

        internal static ulong Tsc { get; set; }

        internal static ulong FsBase { get; set; }

        internal static bool NullClearsBase { get; set; }

        internal static ulong GsBase { get; set; }

        /// <summary>What guest user has in its GS base.</summary>
        internal static ulong UserGsBase { get; set; }

        internal static RomState* State => (RomState*)s_pages;

        internal static VCpuPage* VCpu => (VCpuPage*)(s_pages + 0x4000);

        internal static NotePage* Notes => (NotePage*)(s_pages + 0x5000);

        internal static RomInfo* Info => (RomInfo*)(s_pages + 0x6000);

        /// <summary>The note with that index.</summary>
        internal static ulong Note(int index) => (&Notes->First)[index];

        internal static void Reset()
        {
            NativeMemory.AlignedFree(s_window);
            NativeMemory.AlignedFree(s_pages);
            s_memory.Clear();
            s_window = Allocate(AllFrames * 4096);
            s_pages = Allocate(0x7000);
            NativeMemory.AlignedFree(s_gdt);
            s_gdt = Allocate(15 * 4096);
            Calls.Clear();
            NativeCpuid.Clear();
            LogText = string.Empty;
            BadPage = 0;
            OnBlock = null;
            EnabledStates = 7;
            Tsc = 0;
            FsBase = 0;
            NullClearsBase = false;
            GsBase = 0;
            UserGsBase = 0;
            RomInfo* info = Info;
            info->RamFrames = RamFrames;
            info->AllFrames = AllFrames;
            info->SharedInfoFrame = SharedInfoFrame;
            info->TableBitmapFrame = BitmapFrame;
            info->GrantFrame = GrantFrame;
            info->GrantFrames = 4;
            info->InitialRootFrame = RootFrame;
            info->StorePort = 1;
            info->ConsolePort = 2;
            info->StoreNotifyBit = 0x10;
            info->ConsoleNotifyBit = 0x20;
            info->TscHertz = 1_000_000_000;
            info->TscToSystemMul = 0x8000_0000;
            info->TscShift = 1;
            info->InputFrame = InputFrame;
            info->ConsoleFrame = ConsoleFrame;
            info->MachineToPhysicalFrame = MachineToPhysicalFrame;
            ulong* table = (ulong*)Window(MachineToPhysicalFrame << 12);
            for (ulong frame = 0; frame < AllFrames; frame++)
            {
                table[frame] = frame;
            }
        }

        /// <summary>Zeroed memory that a test uses as guest memory by address.</summary>
        internal static byte* Allocate(ulong size)
        {
            byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)size, 4096);
            NativeMemory.Clear(memory, (nuint)size);
            s_memory.Add(((ulong)memory, (ulong)memory + size));
            return memory;
        }

        internal static byte* Window(ulong address)
        {
            Assert.True(address < AllFrames * 4096, $"window used at {address:x}");
            return s_window + address;
        }

        internal static ulong HypercallCallEntry => HoleLayout.RomText + 0x40;

        internal static bool IsRomText(ulong address) => address - HoleLayout.RomText < HoleLayout.RomData - HoleLayout.RomText;

        internal static long Call(VmCall number, ulong first = 0, ulong second = 0, ulong third = 0)
        {
            Calls.Add((number, first, second));
            return number == VmCall.ReadUserGsBase ? (long)UserGsBase : 0;
        }

        internal static void Log(ulong* words)
        {
            for (byte* c = (byte*)words; c < (byte*)(words + 6) && *c != 0; c++)
            {
                LogText += (char)*c;
            }
        }

        internal static bool Block()
        {
            Calls.Add((VmCall.Block, 0, 0));
            Assert.NotNull(OnBlock);
            OnBlock();
            return true;
        }

        internal static bool BlockWhile(uint* place, uint value)
        {
            if (*place == value)
            {
                Calls.Add((VmCall.Block, 0, 0));
            }

            return *place == value;
        }

        /// <summary>The restart table's stand-in: every address restarts at the start of its 256 bytes.</summary>
        internal static ulong Restart(ulong rip) => rip & ~0xffUL;

        /// <summary>Guest memory is what <see cref="Allocate"/> gave, without <see cref="BadPage"/>.</summary>
        internal static bool CanRead(byte* first, byte* last) =>
            s_memory.Exists(m => (ulong)first >= m.First && (ulong)last < m.End)
            && (BadPage == 0 || (ulong)last < BadPage || (ulong)first >= BadPage + 4096);

        internal static bool CanWrite(byte* first, byte* last) => CanRead(first, last);

        internal static int Fetch(byte* destination, byte* source, int count)
        {
            int done = 0;
            for (; done < count && CanRead(source + done, source + done); done++)
            {
                destination[done] = source[done];
            }

            return done;
        }

        internal static void Cpuid(uint leaf, uint subleaf, uint* result)
        {
            (result[0], result[1], result[2], result[3]) = NativeCpuid.GetValueOrDefault((leaf, subleaf));
        }

        internal static ulong Xcr0() => EnabledStates;

        internal static ulong ReadTsc() => Tsc;

        internal static ulong ReadFsBase() => FsBase;

        internal static void WriteFsBase(ulong value) => FsBase = value;

        internal static bool NullSelectorClearsBase() => NullClearsBase;

        internal static ulong ReadGsBase() => GsBase;

        internal static void WriteGsBase(ulong value) => GsBase = value;

        internal static ulong* GdtImage() => (ulong*)s_gdt;

        internal static bool LoadGs(ushort selector, ulong* selectorBase)
        {
            *selectorBase = 0;
            return selector is 0 or 0x2b;
        }
    }
}
