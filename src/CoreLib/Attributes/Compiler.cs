namespace System.Runtime.CompilerServices;

/// <summary>The compiler knows the method by name.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IntrinsicAttribute : Attribute
{
}

/// <summary>Read-only reference or struct.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class IsReadOnlyAttribute : Attribute
{
}

/// <summary>Ref struct.</summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class IsByRefLikeAttribute : Attribute
{
}

/// <summary>Type parameter without references.</summary>
[AttributeUsage(AttributeTargets.GenericParameter)]
public sealed class IsUnmanagedAttribute : Attribute
{
}

/// <summary>A scoped parameter.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ScopedRefAttribute : Attribute
{
}

/// <summary>Which rules for references hold.</summary>
[AttributeUsage(AttributeTargets.Module)]
public sealed class RefSafetyRulesAttribute(int version) : Attribute
{
    /// <summary>The argument.</summary>
    public int Version { get; } = version;
}

/// <summary>ref readonly parameter.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RequiresLocationAttribute : Attribute
{
}

/// <summary>Made by the compiler.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class CompilerGeneratedAttribute : Attribute
{
}

/// <summary>Locals are not zeroed.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class SkipLocalsInitAttribute : Attribute
{
}

/// <summary>A struct of one field, repeated.</summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class InlineArrayAttribute(int length) : Attribute
{
    /// <summary>The argument.</summary>
    public int Length { get; } = length;
}

/// <summary>A fixed buffer.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class FixedBufferAttribute(Type elementType, int length) : Attribute
{
    /// <summary>The argument.</summary>
    public Type ElementType { get; } = elementType;

    /// <summary>The argument.</summary>
    public int Length { get; } = length;
}

/// <summary>Holds a fixed buffer.</summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class UnsafeValueTypeAttribute : Attribute
{
}

/// <summary>A compiler must know the feature.</summary>
[AttributeUsage(AttributeTargets.All, AllowMultiple = true)]
public sealed class CompilerFeatureRequiredAttribute(string featureName) : Attribute
{
    /// <summary>The argument.</summary>
    public string FeatureName { get; } = featureName;

    /// <summary>May be ignored.</summary>
    public bool IsOptional { get; set; }
}

/// <summary>Must be initialised.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class RequiredMemberAttribute : Attribute
{
}

/// <summary>An extension method.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class ExtensionAttribute : Attribute
{
}

/// <summary>A params parameter.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ParamCollectionAttribute : Attribute
{
}

/// <summary>Names of tuple elements.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class TupleElementNamesAttribute(string?[] transformNames) : Attribute
{
    /// <summary>The argument.</summary>
    public string?[] TransformNames { get; } = transformNames;
}

/// <summary>Preferred overload.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class OverloadResolutionPriorityAttribute(int priority) : Attribute
{
    /// <summary>The argument.</summary>
    public int Priority { get; } = priority;
}

/// <summary>Builds from a collection expression.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class CollectionBuilderAttribute(Type builderType, string methodName) : Attribute
{
    /// <summary>The argument.</summary>
    public Type BuilderType { get; } = builderType;

    /// <summary>The argument.</summary>
    public string MethodName { get; } = methodName;
}

/// <summary>An extension block.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class ExtensionMarkerAttribute(string name) : Attribute
{
    /// <summary>The argument.</summary>
    public string Name { get; } = name;
}

/// <summary>Text of an argument.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class CallerArgumentExpressionAttribute(string parameterName) : Attribute
{
    /// <summary>The argument.</summary>
    public string ParameterName { get; } = parameterName;
}

/// <summary>How a method is compiled.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Constructor)]
public sealed class MethodImplAttribute(MethodImplOptions methodImplOptions) : Attribute
{
    /// <summary>How.</summary>
    public MethodImplOptions Value { get; } = methodImplOptions;
}

/// <summary>Options of <see cref="MethodImplAttribute"/>.</summary>
[Flags]
public enum MethodImplOptions
{
    /// <summary>Never inlined.</summary>
    NoInlining = 8,

    /// <summary>Not optimised.</summary>
    NoOptimization = 64,

    /// <summary>Inlined where possible.</summary>
    AggressiveInlining = 256,

    /// <summary>Provided from outside.</summary>
    InternalCall = 0x1000,
}

/// <summary>Marks volatile fields.</summary>
public static class IsVolatile
{
}
