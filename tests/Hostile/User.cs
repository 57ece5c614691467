using System.Runtime;
using System.Runtime.CompilerServices;

namespace Tierce.Hostile;

/// <summary>Guest user: a page of code that reads and writes at given addresses, and a page of its own.</summary>
internal static unsafe class User
{
    /// <summary>Where its code and its data are; entry.S has the code's too.</summary>
    public const ulong Code = 0x40_0000, Data = 0x40_1000;

    private const ulong PageSize = 4096;
    private const ulong TableBits = 0x67;
    private const ulong CodeBits = 0x25;

    /// <summary>Frame of its top-level table.</summary>
    public static ulong Root => (Tables() - Xen.VirtualBase) / PageSize;

    /// <summary>Makes its tables (entry.S holds five zeroed pages: tables of levels 4 to 1, then data) and loads them.</summary>
    public static bool Create()
    {
        ulong table = Tables();
        for (int level = 4; level > 1; level--, table += PageSize)
        {
            Entry(table, Code, level) = (table + PageSize - Xen.VirtualBase) | TableBits;
        }

        Entry(table, Code, 1) = (CodePage() - Xen.VirtualBase) | CodeBits;
        Entry(table, Data, 1) = (table + PageSize - Xen.VirtualBase) | TableBits;
        for (ulong page = Tables(); page <= table; page += PageSize)
        {
            Xen.Call(Xen.UpdateVaMapping, page, (page - Xen.VirtualBase) | 0x61, 2);
        }

        return Xen.Mmuext(Xen.PinLevel4, Root) == 0 && Xen.Mmuext(Xen.NewUserRoot, Root) == 0;
    }

    private static ref ulong Entry(ulong table, ulong address, int level) =>
        ref ((ulong*)table)[(address >> (12 + (9 * (level - 1)))) & 511];

    [RuntimeImport("*", "hostile_tables")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong Tables();

    [RuntimeImport("*", "hostile_user_code")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong CodePage();
}
