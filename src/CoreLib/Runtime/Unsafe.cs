namespace System.Runtime.CompilerServices;

/// <summary>
/// Reinterpretation of memory, unchecked. The compiler replaces each call; a body that calls itself is what it expects
/// for methods that it must replace.
/// </summary>
public static unsafe class Unsafe
{
    /// <summary>Bytes of a value.</summary>
    [Intrinsic]
    public static int SizeOf<T>()
        where T : allows ref struct => sizeof(T);

    /// <summary>The same location as another type.</summary>
    [Intrinsic]
    public static ref TTo As<TFrom, TTo>(ref TFrom source)
        where TFrom : allows ref struct
        where TTo : allows ref struct => ref As<TFrom, TTo>(ref source);

    /// <summary>Writable view of a read-only location.</summary>
    [Intrinsic]
    public static ref T AsRef<T>(scoped ref readonly T source)
        where T : allows ref struct => ref AsRef(in source);

    /// <summary>The location that a pointer points to.</summary>
    [Intrinsic]
    public static ref T AsRef<T>(void* source)
        where T : allows ref struct => ref *(T*)source;

    /// <summary>The address of a location, which must not move (nothing moves here).</summary>
    [Intrinsic]
    public static void* AsPointer<T>(ref readonly T value)
        where T : allows ref struct => AsPointer(in value);

    /// <summary>The location some elements further.</summary>
    [Intrinsic]
    public static ref T Add<T>(ref T source, int elementOffset)
        where T : allows ref struct => ref Add(ref source, elementOffset);

    /// <summary>The location some elements further.</summary>
    [Intrinsic]
    public static ref T Add<T>(ref T source, nuint elementOffset)
        where T : allows ref struct => ref Add(ref source, elementOffset);

    /// <summary>The location some bytes further.</summary>
    [Intrinsic]
    public static ref T AddByteOffset<T>(ref T source, nuint byteOffset)
        where T : allows ref struct => ref AddByteOffset(ref source, byteOffset);

    /// <summary>Reads from any address.</summary>
    [Intrinsic]
    public static T ReadUnaligned<T>(void* source)
        where T : allows ref struct => *(T*)source;

    /// <summary>Reads from any address.</summary>
    [Intrinsic]
    public static T ReadUnaligned<T>(ref readonly byte source)
        where T : allows ref struct => *(T*)AsPointer(in source);

    /// <summary>Writes to any address.</summary>
    [Intrinsic]
    public static void WriteUnaligned<T>(void* destination, T value)
        where T : allows ref struct => *(T*)destination = value;

    /// <summary>Writes to any address.</summary>
    [Intrinsic]
    public static void WriteUnaligned<T>(ref byte destination, T value)
        where T : allows ref struct => *(T*)AsPointer(in destination) = value;

    /// <summary>True if both name the same location.</summary>
    [Intrinsic]
    public static bool AreSame<T>(ref readonly T left, ref readonly T right)
        where T : allows ref struct => AsPointer(in left) == AsPointer(in right);

    /// <summary>True for the null reference.</summary>
    [Intrinsic]
    public static bool IsNullRef<T>(ref readonly T source)
        where T : allows ref struct => AsPointer(in source) == null;

    /// <summary>The null reference.</summary>
    [Intrinsic]
    public static ref T NullRef<T>()
        where T : allows ref struct => ref AsRef<T>(null);

    /// <summary>Makes the compiler take a variable as assigned.</summary>
    [Intrinsic]
    public static void SkipInit<T>(out T value)
        where T : allows ref struct => SkipInit(out value);
}
