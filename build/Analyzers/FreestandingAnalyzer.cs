using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Tierce.Analyzers;

/// <summary>
/// Reports each line of freestanding code that needs a heap, an exception or start-up code, none of which exist there. The linker would
/// refuse most of these lines too, because a helper is missing, but it would not name the line.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class FreestandingAnalyzer : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor s_allocation = Rule("TIERCE101", "Allocation", "{0} allocates memory, and there is no heap");
    private static readonly DiagnosticDescriptor s_exception = Rule("TIERCE102", "Exception", "{0}: there are no exceptions; call ThrowHelpers.Fail, or return a status");
    private static readonly DiagnosticDescriptor s_start = Rule("TIERCE103", "Static constructor", "'{0}' has a static constructor, and nothing runs it");
    private static readonly DiagnosticDescriptor s_floating = Rule("TIERCE104", "Floating point", "{0} uses SIMD registers, which this image may not touch");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [s_allocation, s_exception, s_start, s_floating];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterOperationAction(ObjectCreation, OperationKind.ObjectCreation);
        context.RegisterOperationAction(ArrayCreation, OperationKind.ArrayCreation);
        context.RegisterOperationAction(Conversion, OperationKind.Conversion);
        context.RegisterOperationAction(
            c => Report(c, s_allocation, "a delegate or lambda"), OperationKind.AnonymousFunction, OperationKind.DelegateCreation);
        context.RegisterOperationAction(c => Report(c, s_allocation, "an interpolated string"), OperationKind.InterpolatedString);
        context.RegisterOperationAction(c => Report(c, s_exception, "throw"), OperationKind.Throw);
        context.RegisterOperationAction(c => Report(c, s_exception, "catch"), OperationKind.CatchClause);
        context.RegisterOperationAction(Concatenation, OperationKind.Binary);
        context.RegisterSymbolAction(StaticConstructor, SymbolKind.Method);
        context.RegisterCompilationStartAction(start =>
        {
            // User-level programs may use floating point.
            if (start.Options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue("build_property.FreestandingKind", out string? kind)
                && kind is "kernel" or "rom")
            {
                start.RegisterOperationAction(Floating, OperationKind.VariableDeclarator, OperationKind.Literal, OperationKind.Conversion);
            }
        });
    }

    private static DiagnosticDescriptor Rule(string id, string title, string message) =>
        new(id, title, message, "Freestanding", DiagnosticSeverity.Error, isEnabledByDefault: true);

    private static void Report(OperationAnalysisContext context, DiagnosticDescriptor rule, string what) =>
        context.ReportDiagnostic(Diagnostic.Create(rule, context.Operation.Syntax.GetLocation(), what));

    private static void ObjectCreation(OperationAnalysisContext context)
    {
        if (context.Operation is { Type.IsReferenceType: true, Parent: not IAttributeOperation })
        {
            Report(context, s_allocation, $"new {context.Operation.Type.Name}");
        }
    }

    // An array that is only written to become a read-only span is constant data. Of attributes, nothing is run.
    private static void ArrayCreation(OperationAnalysisContext context)
    {
        for (IOperation? outer = context.Operation.Parent; outer is not null; outer = outer.Parent)
        {
            if (outer is IAttributeOperation || outer.Type is { Name: "ReadOnlySpan" })
            {
                return;
            }
        }

        Report(context, s_allocation, "an array");
    }

    private static void Conversion(OperationAnalysisContext context)
    {
        var conversion = (IConversionOperation)context.Operation;
        if (conversion is { Operand.Type.IsValueType: true, Type.IsReferenceType: true })
        {
            Report(context, s_allocation, $"boxing {conversion.Operand.Type.Name}");
        }
    }

    private static void Concatenation(OperationAnalysisContext context)
    {
        if (context.Operation is IBinaryOperation { Type.SpecialType: SpecialType.System_String, ConstantValue.HasValue: false })
        {
            Report(context, s_allocation, "joining strings");
        }
    }

    private static void Floating(OperationAnalysisContext context)
    {
        ITypeSymbol? type = context.Operation is IVariableDeclaratorOperation variable ? variable.Symbol.Type : context.Operation.Type;
        if (type?.SpecialType is SpecialType.System_Single or SpecialType.System_Double or SpecialType.System_Decimal)
        {
            Report(context, s_floating, type.Name);
        }
    }

    private static void StaticConstructor(SymbolAnalysisContext context)
    {
        if (context.Symbol is IMethodSymbol { MethodKind: MethodKind.StaticConstructor, IsImplicitlyDeclared: false })
        {
            context.ReportDiagnostic(Diagnostic.Create(s_start, context.Symbol.Locations[0], context.Symbol.ContainingType.Name));
        }
    }
}
